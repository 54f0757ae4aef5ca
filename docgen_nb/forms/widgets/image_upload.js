// A button to choose a picture. A file that has no room in the data is not sent at all: the wire
// to Python ends without a word at 10 MB. It can be made to fit, here, where it is.
const MOST_PIXELS = 2000; // of the longer side of a picture that is made to fit
const QUALITY = 0.85;
const MOST_TRIES = 12;

const control = (text) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "jupyter-button widget-button docgen-upload-button";
  made.dataset.lmSuppressShortcuts = "true";
  made.textContent = text;
  return made;
};

// The picture as a JPEG of at most so many bytes, smaller at each try; null if it is no picture.
async function fitted(file, room) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  let scale = Math.min(1, MOST_PIXELS / Math.max(picture.width, picture.height));
  for (let count = 0; count < MOST_TRIES; count += 1) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // a JPEG has no transparent places
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (blob && blob.size <= room) return blob;
    scale *= Math.min(0.9, 0.95 * Math.sqrt(room / blob.size));
  }
  return null;
}

function render({ model, el }) {
  el.classList.add("docgen-upload");
  const label = model.get("label");
  const choose = control(`Upload ${label}`);
  const fit = control("Make it fit");
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: model.get("accept"), hidden: true });
  let large = null;

  const offer = (file) => {
    large = file;
    fit.hidden = !file;
    fit.setAttribute("aria-label", `Make it fit: ${file?.name}`);
  };
  const take = async (name, content) => {
    offer(null);
    const bytes = await content.arrayBuffer();
    model.send({ do: "take", name }, undefined, [bytes]);
  };
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen once more
    if (!file) return;
    if (file.size <= model.get("room")) {
      take(file.name, file);
      return;
    }
    model.send({ do: "refuse", name: file.name, size: file.size });
    offer(file);
    fit.focus();
  });
  fit.addEventListener("click", async () => {
    const { name } = large;
    const made = await fitted(large, model.get("room"));
    if (made) await take(name, made);
    else model.send({ do: "no fit", name });
    choose.focus();
  });
  offer(null);
  el.append(choose, fit, input);
}

export default { render };
