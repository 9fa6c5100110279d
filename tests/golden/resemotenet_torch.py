"""ResEmoteNet in PyTorch, written from the paper: what the C core is held against.

State-dict names are those of the published checkpoints.
"""
import torch
from torch import nn
from torch.nn import functional as F


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction, bias=False), nn.ReLU(),
            nn.Linear(channels // reduction, channels, bias=False), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class ResidualBlock(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.shortcut = nn.Sequential(
            nn.Conv2d(c_in, c_out, 1, stride=2), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class ResEmoteNet(nn.Module):
    def __init__(self, n_classes=7):
        super().__init__()
        widths = [3, 64, 128, 256]
        for i in (1, 2, 3):
            setattr(self, f'conv{i}', nn.Conv2d(widths[i - 1], widths[i], 3, padding=1))
            setattr(self, f'bn{i}', nn.BatchNorm2d(widths[i]))
        self.se = SqueezeExcitation(256)
        self.res_block1 = ResidualBlock(256, 512)
        self.res_block2 = ResidualBlock(512, 1024)
        self.res_block3 = ResidualBlock(1024, 2048)
        widths = [2048, 1024, 512, 256, n_classes]
        for i in (1, 2, 3, 4):
            setattr(self, f'fc{i}', nn.Linear(widths[i - 1], widths[i]))

    def forward(self, x):
        for i in (1, 2, 3):
            x = getattr(self, f'bn{i}')(getattr(self, f'conv{i}')(x))
            x = F.max_pool2d(F.relu(x), 2)
        x = self.res_block3(self.res_block2(self.res_block1(self.se(x))))
        x = x.mean((2, 3))
        for i in (1, 2, 3):
            x = F.relu(getattr(self, f'fc{i}')(x))
        return self.fc4(x)


def random_model(seed, n_classes=7):
    """A model whose every tensor, batch norm statistics included, is random."""
    torch.manual_seed(seed)
    model = ResEmoteNet(n_classes)
    for name, t in list(model.named_parameters()) + list(model.named_buffers()):
        if name.endswith('running_mean') or name.endswith('bias'):
            t.data.normal_(0, .2)
        elif name.endswith('running_var'):
            t.data.uniform_(.5, 2)
        elif t.dim() == 1 and name.endswith('weight'):
            t.data.uniform_(.5, 1.5)
        elif t.dim() > 1:  # He et al. 2015: what a face does reaches the logits
            t.data.normal_(0, (2 / t[0].numel()) ** .5)
    return model.eval()


# ImageNet's statistics, which the original normalises with
MEAN = torch.tensor([.485, .456, .406]).view(3, 1, 1)
STD = torch.tensor([.229, .224, .225]).view(3, 1, 1)


def normalise(faces):
    """uint8 [n, 64, 64] to the network's input, float32 [n, 3, 64, 64]."""
    x = torch.as_tensor(faces).float()[:, None] / 255
    return (x.expand(-1, 3, -1, -1) - MEAN) / STD
