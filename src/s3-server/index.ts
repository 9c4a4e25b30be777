/**
 * A small S3 endpoint in this process, or alone by `main.ts`: for `s3-backup demo` and for tests. NOT FOR
 * PRODUCTION: it stores bodies in the clear, forces nothing to the disk and knows one key pair.
 */
export type { FaultAction, FaultPlan, FaultTarget } from './fault-plan.ts';
export type { Faults, PlannedFault } from './faults.ts';
export type { Operation } from './operations.ts';
export type { RecordedRequest, RequestLog } from './request-log.ts';
export { type S3Server, type S3ServerOptions, startS3Server } from './server.ts';
