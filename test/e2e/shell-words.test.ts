/** A command that was typed as one text. */
import { expect, test } from "vitest";
import { commandLine, wordsOf } from "../../src/lib/shell-words.ts";

test.each([
  ["npm test", ["npm", "test"]],
  ["  make   test ", ["make", "test"]],
  ["sh -c 'make && make check'", ["sh", "-c", "make && make check"]],
  ['grep "a b" x', ["grep", "a b", "x"]],
  ["--name='a b'c", ["--name=a bc"]],
  ["run ''", ["run", ""]],
])("%j needs no shell", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
  expect(wordsOf(commandLine(words))).toEqual(words);
});

test.each([
  "make && make check",
  'echo "$HOME"',
  "echo a\\ b",
  "echo 'a",
  "CI=1 npm test",
  "ls *.txt",
  "sh -c 'a' | cat",
])("%j gets one", (text) => {
  expect(wordsOf(text)).toEqual(["sh", "-c", text]);
});
