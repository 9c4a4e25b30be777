import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import type { Selected } from './item.ts';
import type { ResolvedOptions } from './options.ts';
import type { RunControl } from './run-control.ts';
import type { Store } from './s3/store.ts';
import { deleteSource } from './stages/delete-source.ts';
import { filter, Selection } from './stages/filter.ts';
import { hash } from './stages/hash.ts';
import { list } from './stages/list.ts';
import { plan } from './stages/plan.ts';
import type { ReportSink } from './stages/report.ts';
import { scan } from './stages/scan.ts';
import { upload } from './stages/upload.ts';
import { verify } from './stages/verify.ts';

/** What the stages share beside the options. */
export interface PipelineParts {
  readonly store: Store;
  readonly control: RunControl;
  readonly sink: ReportSink;
  readonly onRead: (bytes: number) => void;
  readonly onFolderRemoved: (path: string) => void;
}

/** The whole program: every file goes through these stages, in this order. */
export async function runPipeline(options: ResolvedOptions, parts: PipelineParts): Promise<void> {
  const { store, control, sink } = parts;
  const { root: source, concurrency, deleteAfterUpload: deletes } = options;
  const selection = new Selection(options);

  const files = options.list
    ? list({ source, control, ...options.list })
    : scan({ source, control, enter: (folder) => selection.enters(folder) });

  const stages = options.dryRun
    ? chain([filter(options), plan({ deletes })])
    : chain([
        filter(options),
        hash<Selected>({ ...options, control, onRead: parts.onRead }),
        upload({ store, control, concurrency }),
        verify({ store, control, concurrency, download: deletes }),
        deleteSource({ ...options, enabled: deletes, onFolderRemoved: parts.onFolderRemoved }),
      ]);

  await pipeline(files, stages as unknown as Duplex, sink);
}
