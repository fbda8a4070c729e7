/* Programs that mine cryptocurrency, and scripts that start them. */
private rule Is_ELF
{
	condition:
		uint32(0) == 0x464c457f
}

rule Miner_Program
{
	meta:
		description = "ELF program with the words of a miner"
	strings:
		$stratum1 = "stratum+tcp://"
		$stratum2 = "stratum+ssl://"
		$method1 = "mining.subscribe"
		$method2 = "mining.submit"
		$method3 = "\"method\":\"login\""
		$option1 = "donate-level"
		$option2 = "nicehash"
		$option3 = "rig-id"
		$algorithm1 = "randomx" nocase
		$algorithm2 = "cryptonight" nocase
		$algorithm3 = "kawpow" nocase
		$name = "xmrig" nocase
	condition:
		Is_ELF and (5 of them or (any of ($stratum*) and any of ($algorithm*) and any of ($option*)))
}

rule Miner_Started_By_Script
{
	meta:
		description = "script that starts a miner for a pool or wallet"
	strings:
		$stratum = /stratum[0-9]?\+(tcp|ssl|tls):\/\/[a-z0-9]/ nocase
		$pool = /(supportxmr|minexmr|nanopool|moneroocean|hashvault|c3pool|2miners|xmrpool|herominers|nicehash)\.(com|org|stream|pro|eu|io)/ nocase
		$wallet = /[^0-9A-Za-z]4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}[^0-9A-Za-z]/
		$name = /(xmrig|xmr-stak|cpuminer|minerd|t-rex|nbminer|kdevtmpfsi)[ \t"'\/.-]/ nocase
		$option = /[ \t"']--?(donate-level|coin[ =]|algo[ =]|rig-id|cpu-priority|randomx)/
		$start = /(nohup|chmod \+?[0-7x]|systemctl|setsid|subprocess|os\.system|screen -dm)/
	condition:
		not Is_ELF and filesize < 2MB and $start and (
			($stratum and ($name or $wallet or $option)) or
			($pool and ($wallet or ($name and $option))) or
			($name and $wallet))
}
