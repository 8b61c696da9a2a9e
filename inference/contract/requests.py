"""What a member asks for, in every medium."""

from inference.contract.image import ImageRequest
from inference.contract.text import TextRequest

Request = TextRequest | ImageRequest  # Told apart by `medium`.
