import io

from PIL import Image, UnidentifiedImageError


class ImageError(Exception):
    """What was uploaded is no picture."""


def thumbnail(data: bytes, width: int) -> bytes:
    """*data* as WebP, *width* pixels wide. Raises ImageError."""
    try:
        picture = Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        raise ImageError("not a picture") from error
    picture.thumbnail((width, width * 4))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return out.getvalue()
