# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fields and option_reader hold, under one name for those who ask for it here still."""

from __future__ import annotations

from . import fields
from . import option_reader

CONFIGURATION_OPTIONS = fields.CONFIGURATION_OPTIONS
DISTRIBUTION_OPTIONS = fields.DISTRIBUTION_OPTIONS
NAME_PREFIX = fields.NAME_PREFIX
READ_ONLY_OPTIONS = fields.READ_ONLY_OPTIONS
SELECTORS = fields.SELECTORS
argument_spec = fields.argument_spec
entry_options = fields.entry_options
list_option = fields.list_option
RULES = option_reader.RULES
complete = option_reader.complete
misread = option_reader.misread
read = option_reader.read
readable = option_reader.readable
shown = option_reader.shown
