export interface SearchEntry {
  readonly name: string;
  readonly parent?: string;
  readonly url: string;
  readonly text: string;
  readonly kind: number;
  readonly role: "page" | "section" | "export" | "member";
}
export function prepare(entries: readonly SearchEntry[]): unknown;
export function rank(prepared: unknown, query: string): readonly SearchEntry[];
