// What needs Node: the ledger in files, the content store in a folder.
export { type FileLedgerOptions, openFileLedger } from "./file/file-ledger.js";
export { type FileLog, type FileLogOptions, openFileLog } from "./file/file-log.js";
export { openFolderStore } from "./file/folder-store.js";
export { checkFolder, exportLedger, type FolderReport, importLedger } from "./file/inspect.js";
export { nativeRsa } from "./file/native-rsa.js";
export type { TornTail } from "./file/scan.js";
