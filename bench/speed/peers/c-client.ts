import { resolve } from 'node:path';
import { BUCKET, type Client, type Task } from '../client.ts';
import { findProgram } from './find-program.ts';
import { awsEnvironment } from './surroundings.ts';

const VERSION = ['-c', 'import awscrt; print("awscrt", awscrt.__version__)'];

/** aws-c-s3, the C client of AWS, called through its Python binding (Debian: python3-awscrt). It computes no digest. */
export function cClient(): Client[] {
  const python = findProgram('python3', VERSION, /^awscrt/);
  const client = (id: string, task: Task): Client => ({
    id,
    title: 'aws-c-s3',
    isOurs: false,
    task,
    version: python === undefined ? [] : [python, ...VERSION],
    needsStandardPort: true,
    shown: `c-client.py ${task}`,
    command: (place) => ({
      file: python ?? '',
      args: [
        ...[
          resolve('bench/speed/peers/c-client.py'),
          task,
          place.folder,
          place.portlessEndpoint ?? '',
          BUCKET,
        ],
        ...(place.certificate === undefined ? [] : [place.certificate]),
      ],
      env: awsEnvironment(place),
    }),
  });
  return [client('aws-c-s3', 'copy'), client('aws-c-s3-restore', 'restore')];
}
