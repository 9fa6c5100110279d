"""Edits of something good, as edits.h says."""


def edit(find, gone, text=b'', data=False):
    """Where `find` is (bytes, or a position), `gone` bytes go and `text` comes."""
    head = bytes([0x80 * data | (0 if isinstance(find, int) else len(find))])
    where = find.to_bytes(2, 'little') if isinstance(find, int) else find
    return head + where + bytes([gone, len(text)]) + text


def put(find, text):
    """`text` in place of `find`."""
    return edit(find, len(find), text)


def after(find, text):
    """`text` after `find`."""
    return put(find, find + text)
