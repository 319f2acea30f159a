/**
 * The host: the settings of the operating system that a target determines. `boot-config` and `firewall` decide and are
 * pure; `boot`, the firewall's keeper and the VPN read and write through ports. Owns the selection of boot backends,
 * the rules that were written, and when the VPN was changed. Must never touch the host except through a port.
 */
export * from './boot-config/index.ts';
export * from './capabilities/index.ts';
export * from './firewall/index.ts';
export * from './host-config/index.ts';
export { BootConfig } from './boot/boot-config.ts';
export { createBootLocations } from './boot/boot-locations.ts';
export { Discoverability } from './discoverability.ts';
export { Firewall, type FirewallSettings } from './firewall.ts';
export { HostOs, type HostOsOptions } from './host-os.ts';
export { observeHost, type ObserveHostOptions } from './observe-host.ts';
export { PowerSwitch } from './power-switch.ts';
export { Vpn } from './vpn.ts';
