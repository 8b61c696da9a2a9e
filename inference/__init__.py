"""What makes: requests become jobs, and one actor on the GPU turns jobs into artifacts."""

import os

from inference.contract.environment import QUIET

os.environ.update(QUIET)  # Before any library is imported, which may read it no later than that.
