// The start of every module. anywidget (0.9.14 to 0.11) gives a module two seconds to start, and
// then drops each message of Python to its model for good, though the module is still shown. Such
// a model is given the handler of ipywidgets instead, and Python sends its state again.
const HANDLER = "_handle_comm_msg";
const NOTHING = { content: { data: { method: "none" } } }; // no handler does anything with it

// The model itself: events hand it over, and what anywidget passes to a module hides it.
function modelBehind(model) {
  let found = null;
  const take = (real) => { found = real; };
  model.on("change:is_late", take);
  model.set("is_late", true);
  model.set("is_late", false); // nothing was sent in between
  model.off("change:is_late", take);
  return found;
}

// The handler of the class that all models descend from.
function firstHandler(model) {
  let handler = null;
  for (let at = model; at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, HANDLER)) handler = at[HANDLER];
  }
  return handler;
}

function takeOver(model, mark) {
  if (!model.comm) return; // a saved page: there is no Python
  mark(false);
  const handle = firstHandler(model);
  model.comm.on_msg((message) => {
    mark(true);
    return handle.call(model, message);
  });
  model.set("is_late", true);
  model.save_changes();
}

// Returns the definition of a widget with a remedy for a late start. `start.css` shows a sentence
// in elements that are not marked as started.
function started(definition) {
  const views = new Set();
  let hears = true;
  const mark = (does) => {
    hears = does;
    for (const el of views) el.classList.toggle("docgen-started", hears);
  };
  return {
    initialize(context) {
      const model = modelBehind(context.model);
      // The handler of anywidget fails if the start took too long, and waits while it may not have.
      model?.[HANDLER]?.(NOTHING)?.catch?.(() => takeOver(model, mark));
      return definition.initialize?.(context);
    },
    async render(context) {
      const end = await definition.render(context);
      views.add(context.el);
      mark(hears);
      return () => {
        views.delete(context.el);
        end?.();
      };
    },
  };
}
