import type { Client, Task } from '../client.ts';
import { findProgram } from './find-program.ts';
import { awsEnvironment, TARGET } from './surroundings.ts';

const FLAGS = ['--recursive', '--no-progress'];
/** In place of the transfers in Python, those of the C client. */
const CRT = '[default]\ns3 =\n  preferred_transfer_client = crt\n';

interface Release {
  readonly id: string;
  readonly title: string;
  readonly major: number;
  readonly config?: string;
}

function clients({ id, title, major, config }: Release): Client[] {
  const file = findProgram('aws', ['--version'], new RegExp(`^aws-cli/${major}\\.`));
  const client = (task: Task): Client => ({
    id: task === 'restore' ? `${id}-restore` : id,
    title,
    isOurs: false,
    task,
    version: file === undefined ? [] : [file, '--version'],
    shown: [title, ...FLAGS].join(' '),
    needsStandardPort: config !== undefined,
    command: (place) => ({
      file: file ?? '',
      args: [
        ...['s3', 'cp', ...(task === 'restore' ? [TARGET, place.folder] : [place.folder, TARGET])],
        ...[...FLAGS, '--endpoint-url', (config && place.portlessEndpoint) ?? place.endpoint],
      ],
      env: awsEnvironment(place, config),
    }),
  });
  return [client('copy'), client('restore')];
}

/** aws-cli 1 and, with the transfers of the C client, aws-cli 2, each if it is on the PATH. */
export const awsCli = (): Client[] => [
  ...clients({ id: 'aws', title: 'aws s3 cp', major: 1 }),
  ...clients({ id: 'aws-crt', title: 'aws s3 cp (2, CRT)', major: 2, config: CRT }),
];
