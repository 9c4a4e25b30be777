/** For `node --import`: the process takes itself to run on PLATFORM, so that it uses no descriptor paths of /proc. */
Object.defineProperty(process, 'platform', { value: process.env.PLATFORM });
