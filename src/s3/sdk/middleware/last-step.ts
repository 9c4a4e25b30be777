import type { S3Client } from '@aws-sdk/client-s3';

/** A request as the SDK hands it to its connections: signed, and for one try. */
export interface OutgoingRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Changes the request that is sent, but not the request that the SDK signs and retries.
 *
 * @param change Returns the properties that change; undefined for no change.
 */
export function changeLastStep(
  client: S3Client,
  name: string,
  change: (request: OutgoingRequest) => Partial<OutgoingRequest> | undefined,
): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as OutgoingRequest;
      const changes = change(request);
      return next(changes === undefined ? args : { ...args, request: { ...request, ...changes } });
    },
    { step: 'deserialize', priority: 'low', name },
  );
}
