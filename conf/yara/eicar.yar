/*
 * The test file of the anti-virus industry (https://www.eicar.org/download-anti-malware-testfile):
 * harmless, and known by all.
 */
rule EICAR_Test_File
{
	meta:
		description = "EICAR test file"
	strings:
		$text = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
	condition:
		$text at 0 and filesize <= 128
}
