/** Keeps a run from deleting files after another run may have taken over its work. */
export interface Fence {
  /** Resolves when files may be deleted. @throws BackupError that ends the run: they may never be deleted again */
  ready(): Promise<void>;
  /** Whether a file may be deleted at this moment. Once it was false, it stays false, and the run ends. */
  isOpen(): boolean;
}
