/* Scripts that fetch a program or hold one, and start it. */
rule Dropper_Many_Machines
{
	meta:
		description = "fetches one program for many kinds of machine and starts each"
	strings:
		$fetch = /\b(wget|curl|tftp|ftpget)\b/
		$mode = /chmod\s+(\+x|[0-7]{3,4})/
		$a1 = /[\/._-]mips(el|el64|eb)?\b/
		$a2 = /[\/._-]mpsl\b/
		$a3 = /[\/._-]arm(v?[4-7][a-z]?l?)?\b/
		$a4 = /[\/._-](sh4|m68k|spc|sparc|ppc|powerpc|i[56]86|x86(_64|_32)?)\b/
		$start = /(;|&&|\n)\s*(sudo\s+)?\.\/[\w.$-]+/
		$folder = /(cd|>)\s*\/?(tmp|var\/run|mnt|root|dev\/shm)\b/
		$removed = /rm\s+-r?f/
	condition:
		filesize < 100KB and $fetch and $mode and $start and $folder and $removed and 3 of ($a*)
}

rule Dropper_Encoded_Program
{
	meta:
		description = "an ELF program in base64 or hex that a script writes and starts"
	strings:
		$base64 = /f0VMRg(EBA|IBA|IC|EC)[A-Za-z0-9+\/]{80}/
		$hex = /\\x7f\\x45\\x4c\\x46(\\x[0-9a-f]{2}){20}/ nocase
		$hex2 = /7f454c46020101[0-9a-f]{80}/ nocase
		$mode = /chmod|os\.chmod|0?o?7[0-7]{2}|memfd_create|fexecve|execve/
		$decode = /base64\s+(-d|-D|--decode)|b64decode|unhexlify|fromhex|xxd\s+-r|printf|echo\s+-[ne]+|decode_base64|memfd_create/
	condition:
		filesize < 20MB and uint32(0) != 0x464c457f and any of ($base64, $hex, $hex2) and
			$mode and $decode
}

rule Dropper_Fetch_Decode_Run
{
	meta:
		description = "what is fetched is decoded and run at once"
	strings:
		$shell = /(curl|wget)\s[^\n]{0,300}\|\s*(base64\s+(-d|-D|--decode)|openssl\s+enc[^\n|]{0,80}|xxd\s+-r\s+-p|rev|gunzip|zcat)\s*\|\s*(sudo\s+)?(\/bin\/)?(ba|da|z)?sh\b/
		$python = /exec\s*\(\s*(compile\s*\(\s*)?(\w+\.)*(b64decode|decompress|loads|unhexlify)\s*\(\s*(\w+\.)*(urlopen|get|post)\s*\(/
	condition:
		filesize < 2MB and any of them
}

rule Dropper_Encoded_Code
{
	meta:
		description = "Python that runs compressed or compiled code out of a literal"
	strings:
		$chain = /exec\s*\(\s*(compile\s*\(\s*)?((__import__\s*\(\s*['"]\w+['"]\s*\)|\w+)\s*\.\s*)*(decompress|loads)\s*\(\s*((__import__\s*\(\s*['"]\w+['"]\s*\)|\w+)\s*\.\s*)*(b64decode|b32decode|b16decode|b85decode|unhexlify|decompress)\s*\(/
		$lambda = /_\s*=\s*lambda\s+__\s*:\s*__import__\s*\(\s*['"](zlib|marshal|base64)['"]\s*\)/
		$fernet = /exec\s*\(\s*Fernet\s*\(\s*b?['"][A-Za-z0-9_\-=]{43,44}['"]\s*\)\s*\.\s*decrypt\s*\(/
	condition:
		filesize < 20MB and any of them
}

rule Dropper_Persistence
{
	meta:
		description = "makes cron, a unit or the loader run what it fetches"
	strings:
		$cron = /(\*|@reboot|@hourly|@daily)[^\n]{0,60}(curl|wget)\s[^\n]{0,200}\|\s*(\/bin\/)?(ba)?sh\b[^\n]{0,120}(crontab|\/etc\/cron|\/var\/spool\/cron)/
		$preload = /(echo|printf|cp|mv|cat)\s[^\n]{0,160}>{1,2}\s*\/etc\/ld\.so\.preload/
		$preload_fetch = /(curl|wget)\s[^\n]{0,200}\.so\b/
		$key = /echo\s+["']?(ssh-rsa|ssh-ed25519)\s[^\n]{40,900}>>\s*[^\n]{0,40}\.ssh\/authorized_keys/
		$key_fetch = /(curl|wget)\s[^\n]{0,200}\|\s*(\/bin\/)?(ba)?sh\b/
	condition:
		filesize < 2MB and ($cron or ($preload and $preload_fetch) or ($key and $key_fetch))
}
