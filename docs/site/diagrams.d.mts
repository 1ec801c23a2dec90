export function diagram(text: string, id: string): string;
