// Where bytes leave the packages, and with what type: found by the compiler, from every export through functions and members.
import { join } from "node:path";
import ts from "typescript";
import { root } from "./sources.js";

/** The way a value takes: out of a package to its user, or in. What a function takes goes the other way than its answer. */
type Way = "out" | "in";

/** What to look through. */
export interface BytesSearch {
  /** Entry files, relative to the root. */
  readonly entries: readonly string[];
  /** Text of files that are not on the disk, by path. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Interfaces, classes and function types that a user calls and hardly ever writes: what they take may be any bytes. */
  readonly handles?: readonly string[];
}

/**
 * Where bytes leave as a `Uint8Array` over any buffer, which `fetch`, `Blob` and WebCrypto do not take: it should be
 * `Uint8Array<ArrayBuffer>`. A union with other typed arrays is a column of numbers and not looked at.
 *
 * @returns `path:line: text` of the declarations, sorted
 */
export function bareBytes({ entries, texts = new Map(), handles = [] }: BytesSearch): string[] {
  const files = entries.map((path) => join(root, path));
  const program = ts.createProgram(files, options, hostWith(texts));
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  const seen = { out: new Set<ts.Type>(), in: new Set<ts.Type>() };
  const open = new Set<ts.Type>();

  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    for (const symbol of checker.getExportsOfModule(module as ts.Symbol)) {
      const { flags } = symbol;
      const declared = flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const declaration = declared.valueDeclaration;
      if (declaration) visit(checker.getTypeOfSymbol(declared), "out", declaration);
    }
  }
  return [...found].sort();

  /** Looks through a type; `from` is the declaration that gives it. */
  function visit(type: ts.Type, way: Way, from: ts.Node): void {
    if (type.isUnionOrIntersection()) {
      if (type.isUnion() && type.types.some(({ symbol }) => symbol?.name === "Uint16Array")) return;
      for (const part of type.types) visit(part, way, from);
    }
    const symbol: ts.Symbol | undefined = type.symbol;
    if (isBuiltIn(symbol)) {
      if (symbol?.name === "Uint8Array" && way === "out" && !isOverArrayBuffer(type)) report(from);
      // Containers such as Promise are looked through each time, since the place is that of the container.
      if (!open.has(type)) {
        open.add(type);
        for (const part of checker.getTypeArguments(type as ts.TypeReference))
          visit(part, way, from);
        open.delete(type);
      }
      return;
    }
    if (seen[way].has(type)) return;
    seen[way].add(type);
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      const at = signature.declaration ?? from;
      const other = way === "out" ? "in" : "out";
      const isOfHandle = way === "in" && handles.includes(typeAround(at));
      for (const parameter of isOfHandle ? [] : signature.parameters)
        visit(checker.getTypeOfSymbol(parameter), other, parameter.valueDeclaration ?? at);
      visit(signature.getReturnType(), way, at);
    }
    for (const member of type.isUnion() ? [] : type.getProperties())
      if (!member.name.startsWith("__#"))
        visit(checker.getTypeOfSymbol(member), way, member.valueDeclaration ?? from);
    for (const { type: part } of checker.getIndexInfosOfType(type)) visit(part, way, from);
  }

  function report(node: ts.Node): void {
    const { fileName, text } = node.getSourceFile();
    const line = text.slice(0, node.getStart()).split("\n").length;
    found.add(`${fileName.slice(root.length)}:${line}: ${node.getText().split(/\s*\{?\n/)[0]}`);
  }

  function isBuiltIn(symbol: ts.Symbol | undefined): boolean {
    const source = symbol?.declarations?.[0]?.getSourceFile();
    return source !== undefined && program.isSourceFileDefaultLibrary(source);
  }

  function isOverArrayBuffer(type: ts.Type): boolean {
    return checker.getTypeArguments(type as ts.TypeReference)[0]?.symbol?.name === "ArrayBuffer";
  }
}

/** The name of the interface or type alias in which a declaration stands. */
function typeAround(node: ts.Node): string {
  const around = ts.findAncestor(
    node,
    (each) =>
      ts.isInterfaceDeclaration(each) ||
      ts.isTypeAliasDeclaration(each) ||
      ts.isClassDeclaration(each),
  );
  return (around as ts.InterfaceDeclaration | undefined)?.name?.text ?? "";
}

const options: ts.CompilerOptions = ts.parseJsonConfigFileContent(
  { extends: "./tsconfig.base.json", compilerOptions: { types: ["node"] }, files: [] },
  ts.sys,
  root,
).options;

const parsed = new Map<string, ts.SourceFile>();

/** The compiler's own host, which parses a file of the disk once, with some files that only the test has. */
function hostWith(texts: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  const textAt = (file: string): string | undefined => texts.get(file.slice(root.length));
  host.readFile = (file) => textAt(file) ?? readFile(file);
  host.fileExists = (file) => textAt(file) !== undefined || fileExists(file);
  host.getSourceFile = (file, target) => {
    const text = textAt(file);
    const known = text === undefined ? parsed.get(file) : ts.createSourceFile(file, text, target);
    if (known !== undefined) return known;
    const source = getSourceFile(file, target);
    if (source !== undefined) parsed.set(file, source);
    return source;
  };
  return host;
}
