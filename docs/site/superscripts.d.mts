export function superscripts(parser: unknown): void;
