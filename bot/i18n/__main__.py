"""`python -m bot.i18n [LANGUAGE …]`: bring the sources' sentences into every catalogue, and list what is missing there.

A language such as `de` that is named and has no catalogue yet gets an empty one.
"""

import sys
from collections.abc import Sequence

from babel.messages.catalog import Catalog

from bot.i18n import catalogues, sources
from bot.i18n.checks import problems


def main(new_languages: Sequence[str]) -> None:
    template = sources.template()
    for language in sorted({*catalogues.languages(), *new_languages}):
        path = catalogues.path_of(language)
        catalogue = catalogues.read(path) if path.exists() else Catalog(locale=language, header_comment="# ")
        catalogue.update(template, no_fuzzy_matching=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(catalogues.rendered(catalogue), encoding="utf-8")
        left = problems(catalogues.read(path), template)
        sys.stdout.write(f"{language}: {len(template)} sentences, {len(left)} to look at\n")
        sys.stdout.writelines(f"  {problem}\n" for problem in left)


if __name__ == "__main__":
    main(sys.argv[1:])
