# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The style sheet of the page: light, dark, for narrow screens and for printing. It loads nothing else."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --ink: #1b2330; --soft: #566172; --line: #d5dbe3; --band: #f1f4f8; --page: #fff;
  --good: #1d6b3a; --good-bg: #d9f2e1; --bad: #a51d17; --bad-bg: #fbdcd9; --warn: #7a4b00; --warn-bg: #fdebc4;
  --busy: #1a56a8; --busy-bg: #dce9fb; --none: #3d4756; --none-bg: #e9edf2; --dim: #566172; --dim-bg: transparent; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a3aebd; --line: #39424f; --band: #222a35;
  --page: #161b22; --good: #8fe0ab; --good-bg: #153b24; --bad: #ff9b92; --bad-bg: #4d1714; --warn: #f5ca76;
  --warn-bg: #463107; --busy: #9cc6ff; --busy-bg: #14335c; --none: #c3ccd8; --none-bg: #2b3441; --dim: #a3aebd; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 76rem; color: var(--ink); background: var(--page);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.15rem; font-weight: 600; line-height: 1.3; margin: 0; color: var(--soft); overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
a { color: inherit; }
.soft { color: var(--soft); }
.conclusion { font-size: 1.5rem; font-weight: 650; line-height: 1.3; margin: .5rem 0 .75rem; padding: .75rem 1rem;
  border-radius: .5rem; border-left: .5rem solid; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .busy { color: var(--busy); }
.none { color: var(--none); } .dim { color: var(--dim); }
.conclusion.good, .cell.good { background: var(--good-bg); } .conclusion.bad, .cell.bad { background: var(--bad-bg); }
.conclusion.warn, .cell.warn { background: var(--warn-bg); }
.conclusion.busy, .cell.busy { background: var(--busy-bg); }
.cell.none { background: var(--none-bg); } .cell.dim { background: var(--dim-bg);
  box-shadow: inset 0 0 0 1px var(--line); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere; }
pre { white-space: pre-wrap; margin: .25rem 0; padding: .5rem .75rem; background: var(--band); border-radius: .25rem; }
ul.counts { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: .75rem 0; list-style: none; }
ul.counts li { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .7rem; white-space: nowrap; }
ul.counts b { font-variant-numeric: tabular-nums; }
ul.plan, ul.plain { list-style: none; padding: 0; margin: .25rem 0; }
ul.plan li { padding: .15rem 0 .15rem 1.5rem; text-indent: -1.5rem; overflow-wrap: anywhere; }
ul.plan b { display: inline-block; width: 1.5rem; text-indent: 0; font-family: ui-monospace, monospace; }
ul.plan ul { list-style: none; padding: 0; text-indent: 0; }
ul.plan ul li { padding: 0; text-indent: 0; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.cards { display: grid; gap: .75rem; margin: .5rem 0; }
.card { border: 1px solid var(--line); border-left: .3rem solid var(--bad); border-radius: .35rem;
  padding: .5rem .9rem; }
.card h3 { margin: 0 0 .25rem; }
.card dl { margin: 0; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; font-size: .875rem; }
tbody th[scope="rowgroup"] { background: var(--band); }
td { overflow-wrap: anywhere; }
td.account, td.word, td.took { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.word { font-weight: 600; }
td.ami, a.target { white-space: nowrap; }
td.why { min-width: 15rem; }
tr:target td { background: var(--band); outline: 2px solid var(--busy); outline-offset: -2px; }
.scroll { overflow-x: auto; padding-bottom: .25rem; }
table.matrix { width: auto; border-collapse: separate; border-spacing: 2px; }
table.matrix th, table.matrix td { border: 0; padding: 0; }
table.matrix thead th { vertical-align: bottom; }
table.matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg); padding: .25rem 0; white-space: nowrap;
  font-size: .8rem; }
table.matrix thead th.few span { writing-mode: horizontal-tb; transform: none; padding: 0 .4rem; }
table.matrix tbody th { position: sticky; left: 0; background: var(--page); padding: 0 .5rem 0 0; font-weight: 400;
  vertical-align: middle; font-size: .85rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.matrix td { min-width: 1.6rem; text-align: center; border-radius: .2rem; }
table.matrix td a { display: block; text-decoration: none; font: 600 .8rem/1.6rem ui-monospace, monospace; }
table.matrix td a:hover, table.matrix td a:focus { outline: 2px solid; }
ul.legend { display: flex; flex-wrap: wrap; gap: .25rem .9rem; padding: 0; margin: .5rem 0; list-style: none; }
ul.legend b { display: inline-block; min-width: 1.5rem; text-align: center; border-radius: .2rem; margin-right: .35rem;
  font: 600 .8rem/1.5rem ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: .35rem; padding: .5rem .9rem; margin: .75rem 0; }
summary { cursor: pointer; font-weight: 600; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 2rem; }
  .conclusion { font-size: 1.2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
  table.matrix thead th.few span { writing-mode: vertical-rl; transform: rotate(180deg); padding: .25rem 0; }
  table.list, table.list tbody, table.list tr, table.list td, table.list tbody th { display: block; width: 100%; }
  table.list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.list tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  table.list tr.region { padding: 0; border: 0; }
  table.list td { border: 0; padding: .1rem .6rem; white-space: normal; }
  table.list td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-weight: 400; }
  table.list td.account { font-weight: 600; }
  a.target { white-space: normal; }
  table.list td.why { min-width: 0; }
  table.list td.nothing { display: none; }
}
@media print {
  :root { --ink: #000; --soft: #444; --line: #999; --band: #eee; --page: #fff; --good: #0b4d24; --good-bg: #d9f2e1;
    --bad: #8b0000; --bad-bg: #fbdcd9; --warn: #6b4500; --warn-bg: #fdebc4; --busy: #123f7d; --busy-bg: #dce9fb;
    --none: #333; --none-bg: #e9edf2; --dim: #444; }
  html { font-size: 9pt; }
  body { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  table.matrix td { min-width: 1.2rem; }
  table.matrix td a, table.matrix tbody th, table.matrix thead span { font-size: 7.5pt; line-height: 1.25; }
  tr, li, .card { break-inside: avoid; }
  h2, h3, tr.region { break-after: avoid; }
  thead { display: table-header-group; }
}
"""
