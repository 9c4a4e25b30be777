import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Network } from '../../../http/network.ts';
import { openTunnel } from '../../../http/tunnel.ts';

const TUNNEL_TIMEOUT_MS = 10_000;

/** Agent of Node.js that trusts the configured certificates, and goes through a proxy if one leads to the host. */
export class TunnelAgent extends Agent {
  readonly #network: Network;

  constructor(options: AgentOptions, network: Network) {
    const { trust } = network;
    // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 turns it off where it is not.
    super({ ...options, rejectUnauthorized: true, ...(trust && { secureContext: trust }) });
    this.#network = network;
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>) {
    const { proxies, trust } = this.#network;
    const target = { secure: true, host: options.host ?? '', port: Number(options.port) };
    const proxy = proxies.for(target);
    if (proxy === undefined) return super.createConnection(options, callback);
    let failure: Error = Object.assign(new Error('the proxy did not open a tunnel'), { code: 'ECONNRESET' });
    const onClose = () => callback?.(failure, tunnel);
    const tunnel = openTunnel(proxy, target, { trust }, () => {
      tunnel.setTimeout(0).off('close', onClose);
      callback?.(null, super.createConnection(over(tunnel, options)) ?? tunnel);
    });
    tunnel.on('error', (error) => {
      failure = error;
    });
    tunnel.on('close', onClose).setTimeout(TUNNEL_TIMEOUT_MS, () => tunnel.destroy());
    return undefined;
  }
}

/**
 * Options with a socket, as `tls.connect` accepts them, and so does the agent's own createConnection, which keeps
 * sessions.
 */
function over(socket: Socket, options: RequestOptions): RequestOptions {
  return { ...options, socket } as RequestOptions;
}
