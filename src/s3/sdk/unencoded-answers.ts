import type { S3Client } from '@aws-sdk/client-s3';
import { changeLastStep } from './middleware/last-step.ts';

/**
 * Requests answers without compression: a proxy that compresses them tells no sizes and weakens ETags. The header is
 * not signed, since some proxies change it on the way.
 */
export function askForUnencodedAnswers(client: S3Client): void {
  changeLastStep(client, 'askForUnencodedAnswers', ({ method, headers }) =>
    method === 'GET' || method === 'HEAD'
      ? { headers: { ...headers, 'accept-encoding': 'identity' } }
      : undefined,
  );
}
