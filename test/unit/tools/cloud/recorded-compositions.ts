/** The compositions of the recorded releases, as they were given to the cloud. */

export const serviceName = (index: number) => `svc${String(index).padStart(2, '0')}`;

export const twoServices = (fromCompose: string) => `
services:
  web:
    build: ./web
    command: [/bin/httpd, -f, -p, '80']
    restart: unless-stopped
    stop_grace_period: 5s
    depends_on: [worker]
    expose: ['9000']
    ports: ['8080:80', '127.0.0.1:9443:443/tcp']
    tmpfs: [/run]
    volumes: ['data:/data', 'cache:/var/cache/web']
    environment: { FROM_COMPOSE: ${fromCompose}, OVERRIDE_ME: compose }
    labels: { io.balena.features.supervisor-api: '1', app.tier: front }
    ulimits: { nofile: { soft: 1024, hard: 2048 } }
    networks:
      backend: { ipv4_address: 10.33.0.10, aliases: [web-internal] }
      default: {}
    healthcheck: { test: [CMD, wget, -qO-, 'http://localhost/'], interval: 30s, timeout: 5s, retries: 3, start_period: 10s }
  worker:
    image: ignored/by-cloud
    build: { context: ./worker }
    entrypoint: [/app/worker]
    privileged: true
    network_mode: host
    restart: on-failure:3
    cap_add: [NET_ADMIN]
    devices: ['/dev/null:/dev/nulldev']
    volumes: ['data:/shared:ro']
    environment: ['LIST_STYLE=yes', 'EMPTY=']
    labels:
      io.balena.features.dbus: 'true'
      io.balena.features.balena-api: 'true'
      io.balena.update.strategy: download-then-kill
networks:
  backend:
    driver: bridge
    internal: false
    ipam: { driver: default, config: [{ subnet: 10.33.0.0/24, gateway: 10.33.0.1 }] }
    labels: { net.role: backend }
  default: {}
volumes:
  data: {}
  cache: { driver: local, driver_opts: { type: tmpfs, device: tmpfs, o: size=16m }, labels: { vol.role: cache } }
`;

export const legacyMain = {
	image: 'x',
	privileged: true,
	network_mode: 'host',
	restart: 'always',
	volumes: ['resin-data:/data'],
	labels: {
		'io.resin.features.dbus': '1',
		'io.resin.features.firmware': '1',
		'io.resin.features.resin-api': '1',
		'io.resin.features.kernel-modules': '1',
		'io.resin.features.supervisor-api': '1',
	},
};

export const cliDeployed = `
services:
  main:
    build: .
    command: null
    environment: { A: '1' }
    labels: { io.balena.features.supervisor-api: '1' }
    networks: { back: null }
    volumes: ['data:/data']
  second:
    build: second
    command: [sh, -c, 'while true; do echo second; sleep 5; done']
    privileged: true
    network_mode: host
networks: { back: { ipam: {} } }
volumes: { data: {} }
`;

export const manyFields = (index: number) => ({
	hostname: `h${index}`,
	depends_on: index === 0 ? [] : [serviceName(index - 1)],
	command: ['sleep', 'infinity'],
	cpus: 0.5,
	dns: ['1.1.1.1'],
	domainname: 'd',
	extra_hosts: ['a:1.2.3.4'],
	group_add: ['audio'],
	init: true,
	ipc: 'shareable',
	mac_address: '02:42:ac:11:65:43',
	mem_limit: 134217728,
	networks: { n1: { ipv4_address: null } },
	oom_score_adj: 100,
	pid: 'host',
	profiles: ['p'],
	read_only: true,
	cgroup_parent: 'x.slice',
	security_opt: ['no-new-privileges'],
	shm_size: 67108864,
	stop_signal: 'SIGINT',
	storage_opt: {},
	sysctls: { 'net.core.somaxconn': 512 },
	tty: true,
	user: '1000:1000',
	userns_mode: 'host',
	working_dir: '/x',
});
