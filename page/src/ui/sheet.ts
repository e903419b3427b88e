/** Styles of a part that is loaded later. With the chunk, not beside it: nothing is shown before it has its looks, and the first look at the page loads no loader of styles. */
export function adopt(styles: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  document.adoptedStyleSheets.push(sheet);
}
