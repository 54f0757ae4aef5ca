"""The sample templates come out the same from both engines: the words and the pages."""

import pytest
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template, pdf

DOCUMENTS = {
    "order": (samples.order_template(), samples.order()),
    "long order": (samples.order_template(), samples.orders(1, seed=4)[0]),
    "letter": (samples.letter_template(), samples.letter()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_engines_give_the_same_words_on_as_many_pages(name):
    require("libreoffice")
    template, data = DOCUMENTS[name]
    document = Template(template).render(data).content
    by_engine = {engine: pdf.convert(document, engine=engine) for engine in pdf.ENGINES}
    assert len({pdf.page_count(content) for content in by_engine.values()}) == 1
    words = [sorted(pdf.text(content).split()) for content in by_engine.values()]
    assert words[0] == words[1]
    assert len(words[0]) > 30
