// A button to upload a picture. A file that is too large for the data is not sent to Python, since
// Jupyter drops messages of 10 MB or more without an error. The browser can reduce it instead.
const MAX_PIXELS = 2000; // of the longer side of a reduced picture
const QUALITY = 0.85;
const MAX_ATTEMPTS = 12;

const newButton = (text) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button widget-button docgen-upload-button";
  button.dataset.lmSuppressShortcuts = "true";
  button.textContent = text;
  return button;
};

// Returns the picture as a JPEG of at most `room` bytes, smaller at each attempt, or null if the
// file is not a picture or cannot be made that small.
async function reduce(file, room) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  let scale = Math.min(1, MAX_PIXELS / Math.max(picture.width, picture.height));
  for (let count = 0; count < MAX_ATTEMPTS; count += 1) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // a JPEG has no transparency
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
  const choose = newButton(`Upload ${label}`);
  const shrink = newButton("Reduce size");
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: model.get("accept"), hidden: true });
  let large = null;

  const offerToReduce = (file) => {
    large = file;
    shrink.hidden = !file;
    shrink.setAttribute("aria-label", `Reduce size: ${file?.name}`);
  };
  const upload = async (name, content) => {
    offerToReduce(null);
    const bytes = await content.arrayBuffer();
    model.send({ action: "upload", name }, undefined, [bytes]);
  };
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (!file) return;
    if (file.size <= model.get("room")) {
      upload(file.name, file);
      return;
    }
    model.send({ action: "reject", name: file.name, size: file.size });
    offerToReduce(file);
    shrink.focus();
  });
  shrink.addEventListener("click", async () => {
    const { name } = large;
    const reduced = await reduce(large, model.get("room"));
    if (reduced) await upload(name, reduced);
    else model.send({ action: "cannot fit", name });
    choose.focus();
  });
  offerToReduce(null);
  el.append(choose, shrink, input);
}

export default started({ render });
