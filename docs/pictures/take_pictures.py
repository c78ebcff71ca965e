#!/usr/bin/env python3
"""Takes the pictures of a page (fathom report, fathom lab) as files of their own.

    docs/pictures/take_pictures.py PAGE.html FOLDER [NAME=NUMBER ...]

Picture NUMBER of the page, counted from 1, becomes FOLDER/NAME.svg; without names, each becomes FOLDER/NUMBER.svg.
"""
import pathlib
import re
import sys


def standalone(svg, style):
    """A picture with the style that the page gives it, and the page's ground behind it."""
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    head = svg.index(">") + 1
    return f'{svg[:head]}<style>{style}</style><rect class="back" width="{width}" height="{height}"/>{svg[head:]}\n'


def main():
    page, folder, *names = sys.argv[1:]
    text = pathlib.Path(page).read_text()
    style = re.search(r"<style>.*?(\.chart\{font.*?)</style>", text, re.S)[1]
    pictures = re.findall(r'<svg class="chart".*?</svg>', text, re.S)
    wanted = dict(name.rsplit("=", 1) for name in names) or {str(i + 1): i + 1 for i in range(len(pictures))}
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for name, number in wanted.items():
        if not 1 <= int(number) <= len(pictures):
            sys.exit(f"{page} has {len(pictures)} pictures, and no number {number}")
        (pathlib.Path(folder) / f"{name}.svg").write_text(standalone(pictures[int(number) - 1], style))


if __name__ == "__main__":
    main()
