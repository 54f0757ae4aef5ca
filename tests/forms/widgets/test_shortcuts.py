import ipywidgets as widgets

from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts


def test_the_widget_is_added_to_the_box_and_marked_by_a_class():
    boxes = [widgets.VBox([widgets.Button()]), widgets.VBox()]
    added = [suppress_shortcuts(box) for box in boxes]
    assert [box.children[-1] for box in boxes] == added
    assert [len(box.children) for box in boxes] == [2, 1]
    classes = [one.root_class for one in added]
    assert all(name in box._dom_classes for box, name in zip(boxes, classes, strict=True))
    assert classes[0] != classes[1]
    assert added[0].layout.display == "none"
