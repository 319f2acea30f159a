/**
 * The firewall: the rules of a device in each mode, and the text that applies them. Pure. Owns two chains and the jumps
 * to them; must never empty or reorder rules of other programs in other chains.
 */
export { hasHostNetworkService, parseFirewallMode } from './firewall-mode.ts';
export { planFirewall } from './plan-firewall.ts';
export type { FirewallFacts, FirewallRules } from './plan-firewall.ts';
export { foreignChainsOf, ownLinesOf, restoreText, type ForeignChains } from './restore-text.ts';
