/** What an `ETag` says: which version of what an operator can change of a thing is shown. What the town does with it changes no version. */

/** @param fields those that a change takes; one that is not shown is left out */
export function versionOf(shown: object, fields: readonly string[]): string {
  const values = fields.map((field) => (shown as Record<string, unknown>)[field] ?? null);
  return `"${hashOf(JSON.stringify(values))}"`;
}

/** Two 32-bit hashes, mixed: nobody gains by a collision, and 53 bits leave none to chance. */
export function hashOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & b) + (a >>> 0)).toString(36);
}
