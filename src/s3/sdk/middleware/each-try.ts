import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../../../core/errors.ts';
import { EXPIRED } from '../../error-codes.ts';
import { isAnswerOfS3, type Outage } from '../../outage.ts';
import { RenewedCredentials } from '../../renewal.ts';
import { storeErrorFrom } from '../../store-error.ts';
import { isLookedAtFirst } from '../looked-at-first.ts';
import { sdkCredentialSource } from '../sdk-credentials.ts';

/**
 * Times that one request may find the endpoint away. More make it fail for good: perhaps this request brings the
 * endpoint down.
 */
const MAX_EXCUSES = 5;

/**
 * Adds a step between the SDK's retries and its signature. A try waits while the endpoint is away and is repeated,
 * without being counted, if it failed because of that; it is repeated once if the credentials have expired and there
 * are new ones.
 */
export function watchEachTry(client: S3Client, outage: Outage | undefined): void {
  const credentials = new RenewedCredentials(sdkCredentialSource(client));
  const middleware =
    (next: (args: object) => Promise<object>, { commandName = '' }: { readonly commandName?: string }) =>
    (args: object) => {
      const watched = { operation: commandName, send: () => next(args), credentials };
      return outage ? sendUnlessAway(watched, outage) : sendRenewed(watched);
    };
  client.middlewareStack.addRelativeTo(middleware as Middleware, {
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
    name: 'watchEachTry',
  });
}

type Middleware = Parameters<S3Client['middlewareStack']['addRelativeTo']>[0];

interface Watched {
  readonly operation: string;
  readonly send: () => Promise<object>;
  readonly credentials: RenewedCredentials;
}

async function sendUnlessAway(watched: Watched, outage: Outage): Promise<object> {
  for (let excused = 0; ; excused += 1) {
    await outage.untilReachable();
    try {
      const result = await sendRenewed(watched);
      outage.onAnswer();
      return result;
    } catch (error) {
      // A BackupError comes from this program, which did not send the request.
      if (isLookedAtFirst(error) || error instanceof BackupError) throw error;
      const failure = storeErrorFrom(error, watched.operation);
      if (isAnswerOfS3(failure)) outage.onAnswer();
      const isExcused = !isAnswerOfS3(failure) && (await outage.explains(failure));
      if (!isExcused || excused >= MAX_EXCUSES) throw error;
    }
  }
}

async function sendRenewed({ operation, send, credentials }: Watched): Promise<object> {
  const used = await credentials.current();
  try {
    return await send();
  } catch (error) {
    const { code } = storeErrorFrom(error, operation);
    if (EXPIRED.has(code) && (await credentials.replace(used))) return send();
    throw error;
  }
}
