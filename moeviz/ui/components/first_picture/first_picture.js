// Asks the fragment that holds it for the rest of the page once the live picture is painted.

import { firstPicture } from "../shared/first_picture.js";

/** @param {import("../shared/shared.js").Component<unknown>} component */
export default function afterFirstPicture({ parentElement, setTriggerValue }) {
  firstPicture().then(() => {
    if (parentElement.isConnected) setTriggerValue("drawn", true);
  });
  return undefined;
}
