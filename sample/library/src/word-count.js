/**
 * How often each word occurs, capitals or not: pairs, the most frequent first, ties by alphabet.
 *
 *     wordCount("The cat and the dog") // [["the", 2], ["and", 1], ["cat", 1], ["dog", 1]]
 */
export function wordCount(text) {
  throw new Error("wordCount is not written yet");
}
