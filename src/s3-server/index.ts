/**
 * The room `s3-server` is a small S3 endpoint for `s3-backup demo` and for tests. It runs in this process, or on its own by
 * `main.ts`. NOT FOR PRODUCTION: it stores bodies in the clear, does not flush to the disk and accepts one key pair only.
 */
export type { FaultAction, FaultPlan, FaultTarget } from './fault-plan.ts';
export type { Faults, PlannedFault } from './faults.ts';
export type { Operation } from './operations.ts';
export type { RecordedRequest, RequestLog } from './request-log.ts';
export { type S3Server, type S3ServerOptions, startS3Server } from './server.ts';
