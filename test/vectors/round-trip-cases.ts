import type { ServiceConfig } from '../../src/domain/service.ts';

/** A composition that sets a field to something else than its default, and what an engine does with it. */
export interface RoundTripCase {
	readonly composition: Readonly<Record<string, unknown>>;
	/** The engine can also run it: nothing on the host is missing or changed. */
	readonly starts?: true;
	/** An engine on a host without the means for it says so and makes no container. */
	readonly mayRefuse?: RegExp;
	/** Not every kernel can do it; the engine then drops the value, which counts as done. */
	readonly mayDrop?: true;
	/** Equal to the default: never compared, or the same to the engine. */
	readonly unnoticed?: true;
}

const runs = (...compositions: readonly Readonly<Record<string, unknown>>[]): readonly RoundTripCase[] =>
	compositions.map((composition) => ({ composition, starts: true }));
const made = (...compositions: readonly Readonly<Record<string, unknown>>[]): readonly RoundTripCase[] =>
	compositions.map((composition) => ({ composition }));

const REAL_TIME = /real-?time/i;
const DEVICE = '/dev/null';

/** For each field at least one value that is not its default; the compiler asks for those of a new field. */
export const ROUND_TRIP_CASES: Readonly<Record<keyof ServiceConfig, readonly RoundTripCase[]>> = {
	image: [{ composition: {}, starts: true, unnoticed: true }],
	running: [{ composition: { running: false }, unnoticed: true }],
	command: runs({ command: 'sh -c "echo $A; sleep 1000"' }, { command: ['sleep', '1001'] }),
	entrypoint: runs({ entrypoint: ['sleep', '1000'], command: [] }, { entrypoint: 'sh -c', command: ['sleep 1000'] }),
	environment: runs({ environment: { A: 'b=c\nd', EMPTY: null } }, { environment: ['A=1', 'B'] }),
	labels: runs({ labels: { a: 'b' } }, { labels: ['io.resin.x=1'] }),
	workingDir: runs({ working_dir: '/tmp/' }, { working_dir: '/a/../tmp//b' }),
	user: runs({ user: 'root' }, { user: 0 }, { user: '1000:1000' }),
	stopSignal: runs({ stop_signal: 'SIGINT' }, { stop_signal: 10 }),
	stopGracePeriod: runs({ stop_grace_period: '1m30s' }, { stop_grace_period: '500ms' }),
	healthcheck: runs(
		{ healthcheck: { test: 'true', interval: '5s', timeout: '1s', start_period: '1m', retries: 2 } },
		{ healthcheck: { test: ['CMD', 'true'], start_interval: '2s' } },
	),
	restart: runs({ restart: 'no' }, { restart: 'on-failure' }, { restart: 'unless-stopped' }),
	tty: runs({ tty: false }),
	init: runs({ init: true }, { init: false }),
	privileged: runs({ privileged: true }),
	readOnly: runs({ read_only: true }),
	oomKillDisable: runs({ oom_kill_disable: true, mem_limit: '64m' }),
	oomScoreAdj: runs({ oom_score_adj: 500 }),
	cpuShares: runs({ cpu_shares: 512 }),
	cpuQuota: runs({ cpu_quota: 50_000 }),
	cpus: [{ composition: { cpus: 0.5 }, starts: true, unnoticed: true }],
	cpuset: runs({ cpuset: '0' }),
	memLimit: runs({ mem_limit: '64m' }, { deploy: { resources: { limits: { memory: '64m', cpus: '0.5', pids: 50 } } } }),
	memReservation: runs({ mem_reservation: '32m' }, { deploy: { resources: { reservations: { memory: '32m' } } } }),
	shmSize: runs({ shm_size: '8m' }),
	pidsLimit: [...runs({ pids_limit: 100 }), { composition: { pids_limit: -1 }, starts: true, unnoticed: true }],
	capAdd: runs({ cap_add: ['NET_ADMIN', 'CAP_SYS_TIME'] }, { cap_add: ['net_admin'] }),
	capDrop: runs({ cap_drop: ['MKNOD'] }, { cap_drop: ['ALL'] }),
	devices: runs({ devices: [DEVICE, '/dev/zero:/dev/mine:r'] }, { devices: [{ source: DEVICE, target: '/dev/a' }] }),
	deviceRequests: made(
		{ gpus: 'all' },
		{ gpus: [{ driver: 'nvidia', count: 2, capabilities: ['utility'], options: { virtualization: false } }] },
		{ gpus: [{ device_ids: ['0', 'GPU-1'] }] },
		{ deploy: { resources: { reservations: { devices: [{ capabilities: ['gpu'], count: 1 }] } } } },
	),
	dns: runs({ dns: ['9.9.9.9', '1.1.1.1'] }, { dns: '9.9.9.9' }),
	dnsSearch: runs({ dns_search: ['a.example', 'b.example'] }),
	dnsOpt: runs({ dns_opt: ['ndots:2', 'use-vc'] }),
	extraHosts: runs(
		{ extra_hosts: ['a=10.0.0.1', 'b:10.0.0.2'] },
		{ extra_hosts: { a: '10.0.0.1', b: ['10.0.0.2', '::1'] } },
	),
	groupAdd: runs({ group_add: [20, '44'] }),
	securityOpt: runs({ security_opt: ['no-new-privileges'] }, { security_opt: ['label=disable', 'seccomp=unconfined'] }),
	sysctls: runs({ sysctls: { 'net.core.somaxconn': 512 } }, { sysctls: ['net.ipv4.ip_forward=1'] }),
	ulimits: runs({ ulimits: { nofile: { soft: 512, hard: 1024 }, nproc: 4096 } }),
	tmpfs: runs({ tmpfs: '/run' }, { tmpfs: ['/run:size=64m,mode=1777', '/cache'] }),
	volumes: runs(
		{ volumes: ['data:/data', '/anonymous', 'data2 : /data2 : ro'] },
		{
			volumes: [
				{ type: 'volume', source: 'data', target: '/data', read_only: true, volume: { nocopy: true } },
				{ type: 'volume', target: '/other' },
				{ type: 'tmpfs', target: '/fast', tmpfs: { size: 65536 } },
			],
		},
	),
	portMaps: runs(
		{ ports: ['8080:80', '8081-8083:81-83/udp', 9000] },
		{ ports: ['127.0.0.1:8080:80', { target: 90, published: '9090' }] },
	),
	networkMode: [
		...runs({ network_mode: 'host' }, { network_mode: 'none' }, { network_mode: 'bridge' }, { network_mode: 'front' }),
		...runs({ network_mode: 'service:db' }),
	],
	networks: runs(
		{ networks: ['front', 'back'] },
		{ networks: { front: { aliases: ['x', 'x'], ipv4_address: '172.30.5.5' }, back: null } },
		{ networks: { front: { link_local_ips: ['169.254.8.8'] } } },
	),
	hostname: runs({ hostname: 'mine' }),
	domainname: runs({ domainname: 'example.org' }),
	macAddress: runs({ mac_address: '02:42:ac:11:65:43' }),
	pid: runs({ pid: 'host' }, { pid: 'service:db' }),
	ipc: runs({ ipc: 'host' }, { ipc: 'private' }, { ipc: 'service:db' }),
	usernsMode: runs({ userns_mode: 'host' }),
	cgroupParent: made({ cgroup_parent: 'mine' }),
	blkioConfig: [
		{ composition: { blkio_config: { weight: 300 } }, mayDrop: true },
		{ composition: { blkio_config: { weight_device: [{ path: DEVICE, weight: 400 }] } }, mayDrop: true },
		{
			composition: {
				blkio_config: {
					device_read_bps: [{ path: DEVICE, rate: '12mb' }],
					device_write_bps: [{ path: DEVICE, rate: 1024 }],
					device_read_iops: [{ path: DEVICE, rate: 120 }],
					device_write_iops: [{ path: DEVICE, rate: '30' }],
				},
			},
		},
	],
	cgroup: runs({ cgroup: 'private' }, { cgroup: 'host' }),
	cpuPeriod: runs({ cpu_period: 50_000, cpu_quota: 25_000 }, { cpu_period: '20ms' }),
	cpuRtPeriod: [{ composition: { cpu_rt_period: 1_000_000 }, mayRefuse: REAL_TIME }],
	cpuRtRuntime: [{ composition: { cpu_rt_runtime: '400ms', cpu_rt_period: '1s' }, mayRefuse: REAL_TIME }],
	deviceCgroupRules: runs({ device_cgroup_rules: ['c 1:3 mr', 'a *:* rwm'] }),
	logging: runs(
		{ logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': 3 } } },
		{ logging: { driver: 'none' } },
		{ logging: { options: { 'max-size': '1m' } } },
		{ logging: { driver: 'local' } },
	),
	memSwappiness: runs({ mem_swappiness: 10 }, { mem_swappiness: 0 }),
	memswapLimit: runs({ mem_limit: '64m', memswap_limit: '128m' }, { mem_limit: '64m', memswap_limit: -1 }),
	runtime: runs({ runtime: 'runc' }),
	stdinOpen: runs({ stdin_open: true }),
	uts: runs({ uts: 'host' }),
};
