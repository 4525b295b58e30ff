// Tells the rest of the page that the live picture is on the screen. The modules of a page are
// shared, so that the one who draws and those who wait have the same promise.

const AT_LATEST_MS = 3000; // a picture that fails to load must not take the page's text with it

/** @type {() => void} */
let tell;
const drawn = new Promise((resolve) => tell = () => resolve(true));

/** For the component that draws the picture, after each drawing. */
export function pictureDrawn() {
  requestAnimationFrame(() => setTimeout(tell)); // before that frame is painted; then after it
}

/** Resolves once the picture is painted. */
export function firstPicture() {
  setTimeout(tell, AT_LATEST_MS);
  return drawn;
}
