// What needs Node: the ledger in files, the content store in a folder.
export type { Disk } from "./file/disk.js";
export {
  type FileLedger,
  type FileLedgerOptions,
  type FileOpening,
  openFileLedger,
} from "./file/file-ledger.js";
export { openFileLog } from "./file/file-log.js";
export type { FileLog, FileLogOptions } from "./file/file-log-options.js";
export { openFolderStore } from "./file/folder-store.js";
export { checkFolder, exportLedger, type FolderReport, importLedger } from "./file/inspect.js";
export { nativeRsa } from "./file/native-rsa.js";
export {
  type FileReaderOptions,
  readFileLedger,
  readFileLog,
} from "./file/read-folder.js";
export type { TornTail } from "./file/segments.js";
