"""What 8 bits cost: a real network against itself in fp32, on the 3,589 pictures of FER2013's validation split.

Rounded weights and activations move logits by some hundredths, so that a face between two classes may fall to the other
one: of 3,589, 10 to 15 do. A layer that is calibrated or rounded wrongly moves hundreds.
"""
import os
import unittest

import cli

CHECKPOINT = os.environ.get('REN_CHECKPOINT', '')
VALIDATION = os.environ.get('REN_VALIDATION', '')
TRAIN = os.environ.get('REN_TRAIN', '')
N_VALIDATION = 3589
# 11 pictures told right more or less, and 36 told otherwise
MOST_LOST, LEAST_AGREEMENT = .003, .99

if not os.path.isdir(VALIDATION):
    cli.skip("REN_VALIDATION is not FER2013's validation folder")


class Int8(cli.Case):
    def predictions(self, *args):
        """{file: (label, predicted)}"""
        rows = self.run_ok('eval', '-q', '-d', VALIDATION, '--csv', *args).rows()
        self.assertEqual(len(rows), N_VALIDATION)
        return {row['file']: (row['label'], row['predicted']) for row in rows}

    def check(self, int8, fp32):
        accuracy = [sum(label == predicted for label, predicted in p.values()) / N_VALIDATION for p in (int8, fp32)]
        agreement = sum(int8[file] == fp32[file] for file in fp32) / N_VALIDATION
        print(f'accuracy {accuracy[0]:.2%}, in fp32 {accuracy[1]:.2%}; agree on {agreement:.2%}', end=' ', flush=True)
        self.assertLessEqual(abs(accuracy[0] - accuracy[1]), MOST_LOST)
        self.assertGreaterEqual(agreement, LEAST_AGREEMENT)
        # that they are two
        self.assertLess(agreement, 1)

    @unittest.skipUnless(os.path.isfile(CHECKPOINT), 'no checkpoint (REN_CHECKPOINT)')
    def test_quantized(self):
        """From weights of floats. Labels take no part in calibration, so that validation pictures will do for it where
        there are no others."""
        out = self.path('int8.safetensors')
        data = TRAIN if os.path.isdir(TRAIN) else VALIDATION
        self.run_ok('quantize', CHECKPOINT, out, '--data', data)
        self.assertEqual(self.run_ok('info', '--json', out).json()['precision'], 'int8')
        self.check(self.predictions('-m', out), self.predictions('-m', CHECKPOINT))

    def test_default_model(self):
        """Its weights of floats are not at hand: the same of 8 bits, calculated with in fp32."""
        self.assertEqual(self.default_model()['precision'], 'int8')
        self.check(self.predictions(), self.predictions('-p', 'fp32'))


cli.main()
