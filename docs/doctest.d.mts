import type { Plugin } from "vite";

export function doctest(): Plugin;
export function blocks(code: string, markdown: boolean): { line: number; body: string }[];
export function rewrite(body: string, line?: number): string;
