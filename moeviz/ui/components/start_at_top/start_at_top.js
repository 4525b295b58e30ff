// A link of the page that leads to the same page leaves the reader where the link stood, below what
// has changed: go to the top with the click.

export default function startAtTop() {
  document.moevizStartsAtTop ??= listen();
  return undefined;
}

/** Once for the document: pages come and go, their links are found when they are clicked. */
function listen() {
  document.addEventListener("click", (event) => {
    const main = event.target.closest?.('[data-testid="stPageLink"] a')?.closest(
      '[data-testid="stMain"]',
    );
    main?.scrollTo({ top: 0 });
  });
  return true;
}
