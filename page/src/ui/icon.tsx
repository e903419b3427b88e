/** Small pictures, each beside a word. */
const PATHS = {
  check: "M3 8.5l3.2 3.2L13 5",
  clock: "M8 4v4l2.6 1.8M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  run: "M5 3.5l7.5 4.5L5 12.5z",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  flag: "M4 14V2.5h7.5L10 5.5l1.5 3H4",
  lock: "M4 7.5h8V14H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  cross: "M4 4l8 8M12 4l-8 8",
  alert: "M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  drain: "M8 2.5v7M4.8 6.8L8 10l3.2-3.2M3 13.5h10",
  unknown: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10M8 12.3v.2",
  rest: "M12.5 9.5A5.5 5.5 0 0 1 6.5 3.5 5.5 5.5 0 1 0 12.5 9.5z",
  link: "M6 10l4-4M7 4.5l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.2 1.2a3 3 0 0 1-4.3-4.3l1.2-1.2",
  spin: "M13.5 8A5.5 5.5 0 1 1 10 2.9M13.5 2.5V6H10",
  plus: "M8 3v10M3 8h10",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  dot: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  stop: "M4.5 4.5h7v7h-7z",
  arrow: "M3 8h10M9 4l4 4-4 4",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);
