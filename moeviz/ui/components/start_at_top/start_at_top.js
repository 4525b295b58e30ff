// A link of the page that leads to the same page leaves the reader where the link stood, below what
// has changed: go to the top with the click.

/** @typedef {Document & {moevizStartsAtTop?: true}} Page */

export default function startAtTop() {
  const page = /** @type {Page} */ (document);
  page.moevizStartsAtTop ??= listen();
  return undefined;
}

/**
 * Once for the document: pages come and go, their links are found when they are clicked.
 * @returns {true}
 */
function listen() {
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const link = target.closest('[data-testid="stPageLink"] a');
    link?.closest('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  });
  return true;
}
