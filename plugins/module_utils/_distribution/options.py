# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fields and option_reader hold, under one name for those who ask for it here still."""

from __future__ import annotations

from .fields import argument_spec as argument_spec
from .fields import CONFIGURATION_OPTIONS as CONFIGURATION_OPTIONS
from .fields import DISTRIBUTION_OPTIONS as DISTRIBUTION_OPTIONS
from .fields import entry_options as entry_options
from .fields import list_option as list_option
from .fields import NAME_PREFIX as NAME_PREFIX
from .fields import READ_ONLY_OPTIONS as READ_ONLY_OPTIONS
from .fields import SELECTORS as SELECTORS
from .option_reader import complete as complete
from .option_reader import misread as misread
from .option_reader import read as read
from .option_reader import readable as readable
from .option_reader import RULES as RULES
from .option_reader import shown as shown
