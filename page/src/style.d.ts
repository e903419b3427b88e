/** A style sheet as a text, for a part of the page that brings its own. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
