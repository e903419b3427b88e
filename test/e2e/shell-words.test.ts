/** A command that was typed as one text. */
import { expect, test } from "vitest";
import { commandLine, faultOfCommand, wordsOf } from "../../src/lib/shell-words.ts";

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

test.each([
  ["./agent.sh 'unclosed", "the single quote that begins at 'unclosed is not closed"],
  ["echo \"it's", "the double quote that begins at \"it's is not closed"],
  ["don't", "the single quote that begins at 't is not closed"],
  ["echo 'a' 'b'c'", "the single quote that begins at ' is not closed"],
  ['echo "a\\"', 'the double quote that begins at "a\\" is not closed'],
])("%j is no command", (text, fault) => {
  expect(faultOfCommand(text)).toBe(fault);
});

test.each([
  "make test",
  `sh -c 'echo "a'`,
  `echo "it's"`,
  "echo it\\'s",
  "make # don't stop",
  "echo a; # don't",
  `echo "a\\"b"`,
  "cat <<END\ndon't\nEND",
  "echo 'a#b' c#d",
])("%j is one", (text) => {
  expect(faultOfCommand(text)).toBeNull();
});
