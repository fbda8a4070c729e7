#include "classify/atoms.h"

#include <string.h>

#include "classify/tokens.h"

#define SLOTS 4096 /* a power of two, several times the number of words */

/* Words as the lexer makes them: small letters, of letters, digits, "_" and (shell) "-". */
static const struct {
	const char *name; /* for people */
	const char *words;
} rows[] = {
	[LW_ATOM_EXEC] = {"eval", "exec eval execfile runpy run_path exec_module pyexec evalstring "
				  "loadstring instance_eval"},
	[LW_ATOM_COMPILE] = {"compile",
		"compile code_info codetype functiontype interactiveinterpreter"},
	[LW_ATOM_DECODE] = {"decode",
		"b64decode b32decode b16decode a85decode b85decode urlsafe_b64decode "
		"standard_b64decode decodebytes decodestring unhexlify a2b_hex "
		"a2b_base64 fromhex decompress inflate gzinflate gzuncompress base64 "
		"base64_decode decode64 frombase64string rot13 rot_13 str_rot13 "
		"gunzip zcat xxd uudecode unescape bz2 lzma zlib codecs atob "
		"decode_base64 unpack xz lzcat b64 openssl"},
	[LW_ATOM_MARSHAL] = {"marshal", "marshal pickle cpickle dill cloudpickle loads"},
	[LW_ATOM_CRYPT] = {"cipher",
		"fernet aes arc4 arc2 des3 decrypt decryptor cryptunprotectdata xor "
		"rc4 pycryptodome cryptodome crypto pyaescrypt cryptography mode_gcm "
		"mode_cbc mode_eax new_cipher rsa chacha20 encrypt blowfish"},
	[LW_ATOM_SOCKET] = {"socket",
		"socket sock_stream af_inet socketserver tcpserver udpsocket pf_inet "
		"sockets socket_create net ws websocket websockets inet"},
	[LW_ATOM_CONNECT] = {"connect",
		"connect connect_ex socket_connect createconnection peeraddr peerhost "
		"peerport tcpsocket fsockopen pfsockopen sockaddr_in inet_aton "
		"stream_socket_client create_connection open_connection"},
	[LW_ATOM_LISTEN] = {"listen",
		"listen bind accept createserver stream_socket_server listener "
		"serve_forever"},
	[LW_ATOM_DUP] = {"dup", "dup2 dup fileno makefile redirect_std"},
	[LW_ATOM_SPAWN] = {"spawn",
		"popen subprocess system popen2 popen3 popen4 check_output check_call "
		"getoutput getstatusoutput spawn spawnl spawnv spawnlp spawnvp "
		"spawnve execl execle execlp execlpe execv execve execvp execvpe "
		"posix_spawn startfile child_process execsync spawnsync proc_open "
		"shell_exec passthru pcntl_exec shellexecute shellexecutew "
		"createprocess createprocessa winexec wscript commands "
		"create_subprocess_shell create_subprocess_exec create_no_window"},
	[LW_ATOM_PTY] = {"pty", "pty openpty forkpty script stty tty"},
	[LW_ATOM_SHELL] = {"shell", "sh bash zsh dash ksh ash cmd busybox csh tcsh comspec"},
	[LW_ATOM_POWERSHELL] = {"PowerShell",
		"powershell pwsh iex invoke encodedcommand enc noprofile windowstyle "
		"hidden executionpolicy bypass mshta rundll32 regsvr32 certutil "
		"bitsadmin cscript vbs nop"},
	[LW_ATOM_DOWNLOAD] = {"download",
		"urlopen urlretrieve wget curl downloadfile downloadstring iwr "
		"webrequest requests urllib urllib2 urllib3 httpx aiohttp httpclient "
		"httplib get_content lynx fetch webclient tftp ftpget aria2c "
		"clientsession urlgrabber wgetrc lwp httpconnection httpsconnection "
		"file_get_contents net_http"},
	[LW_ATOM_UPLOAD] = {"upload",
		"post sendall send sendto upload put urlencode multipart files "
		"sendfile sftp scp sendmail smtplib smtp storbinary upload_file "
		"send_document senddocument sendphoto"},
	[LW_ATOM_URL] = {"URL", "http https ftp url"},
	[LW_ATOM_ADDRESS] = {"address", ""},
	[LW_ATOM_ENVIRON] = {"environment", "environ getenv printenv env environb putenv"},
	[LW_ATOM_HOST] = {"host facts",
		"gethostname getuser getlogin uname whoami platform ifconfig ipconfig "
		"getpass getnode gethostbyname getfqdn uuid getuid geteuid hostname "
		"systeminfo ipify ipinfo icanhazip checkip ifconfigme hwid getmac "
		"wmic cpuinfo csproduct ipapi ip_address netifaces psutil nproc lscpu "
		"getcwd userprofile username"},
	[LW_ATOM_SECRETS] = {"secrets",
		"passwd shadow id_rsa id_dsa id_ed25519 ssh aws credentials kube "
		"kubeconfig netrc npmrc pypirc authorized_keys known_hosts htpasswd "
		"secret secrets password passwords token tokens gcloud dockercfg "
		"bash_history zsh_history git_credentials wp_config gnupg keychain "
		"keyring private_key access_key secret_key api_key steal stealer "
		"grabber grab stolen creds cookie cookies"},
	[LW_ATOM_BROWSER] = {"browser",
		"chrome chromium brave opera firefox edge leveldb login_data vivaldi "
		"yandex moz_cookies formhistory key4 logins mozilla webdata browsers "
		"discord discordcanary discordptb local_storage encrypted_key "
		"os_crypt dpapi roblox roblosecurity telegram steam minecraft "
		"epicgames operagx lightcord amigo torch kometa orbitum centbrowser "
		"sputnik uran iridium autofill history cc credit_cards"},
	[LW_ATOM_WALLET] = {"wallet",
		"wallet wallets exodus electrum metamask bitcoin btc eth ethereum "
		"monero xmr mnemonic seed_phrase seed solana keypair atomic coinomi "
		"binance phantom trezor ledger ltc litecoin dogecoin doge trx tron "
		"privkey private_keys coinbase"},
	[LW_ATOM_CHAT] = {"webhook",
		"webhook webhooks web_hook webhook_url discordwebhook discord_webhook "
		"sendmessage send_message telebot bot_token chat_id chatid hookdeck "
		"dhooks syncwebhook embeds embed add_file slack hooks api_telegram"},
	[LW_ATOM_TUNNEL] = {"tunnel",
		"ngrok oastify oast interactsh interact burpcollaborator pipedream "
		"requestbin serveo trycloudflare portmap duckdns canarytokens dnslog "
		"ceye requestcatcher beeceptor localtunnel loca pagekite oastsite "
		"typhonshell bxss r2 workers m serveousercontent tcp eo34 hopto ddns "
		"no-ip zapto sytes collaborator webhooksite requestrepo "
		"interactserver"},
	[LW_ATOM_PASTE] = {"paste site",
		"pastebin ghostbin hastebin transfer anonfiles gofile "
		"githubusercontent gist cdn discordapp dropbox rentry ix termbin "
		"paste filebin catbox bashupload dpaste controlc gitee mediafire mega "
		"file tmpfiles raw attachments"},
	[LW_ATOM_PERSIST] = {"persistence",
		"crontab cron crontabs systemd systemctl bashrc bash_profile profile "
		"rc_local startup currentversion winreg schtasks launchagents "
		"launchdaemons init_d profile_d zshrc autostart update-rc chkconfig "
		"hkey_current_user regsetvalueex setvalueex usercustomize "
		"sitecustomize ld_so_preload run_key onlogon rc insserv anacron "
		"xinetd pth at"},
	[LW_ATOM_TEMP] = {"temporary file",
		"tmp tempfile namedtemporaryfile temp gettempdir mkstemp mkdtemp shm "
		"appdata localappdata programdata mktemp dev_shm"},
	[LW_ATOM_RUNNABLE] = {"executable mode",
		"chmod s_irwxu s_iexec s_ixusr fchmod setuid suid"},
	[LW_ATOM_WINDOWS] = {"Windows",
		"windll ctypes kernel32 user32 win32api win32con win32crypt winapi nt "
		"exe dll bat reg regedit taskkill startupinfo showwindow virtualalloc "
		"virtualprotect createthread rtlmovememory writeprocessmemory "
		"openprocess programfiles roaming users windows win32 wmi pywin32 "
		"isuseranadmin runas scr msi swhide sw_hide"},
	[LW_ATOM_WATCHED] = {"analysis check",
		"vmware virtualbox vbox sandboxie wireshark isdebuggerpresent "
		"gettrace qemu fiddler ollydbg x64dbg ida processhacker vmtoolsd "
		"vboxservice debugger antivm antidebug sandbox "
		"checkremotedebuggerpresent httpdebugger vmusrvc processmonitor "
		"procmon"},
	[LW_ATOM_SPY] = {"spying",
		"pynput keyboard keylogger imagegrab screenshot pyautogui cv2 "
		"videocapture clipboard pyperclip mss sounddevice pyaudio keylog "
		"getasynckeystate getclipboarddata webcam microphone on_press "
		"grab_screen mouse"},
	[LW_ATOM_MINER] = {"miner",
		"xmrig stratum minexmr supportxmr nicehash cpuminer cryptonight "
		"minerd minergate randomx donate-level hashvault moneroocean nanopool "
		"xmr-stak kinsing ccminer xmrpool ethminer t-rex phoenixminer "
		"lolminer unmineable pool mining miner xmrig-cuda hugepages "
		"nr_hugepages msr watchbog kdevtmpfsi zigw sysrv rig-id nopool"},
	[LW_ATOM_KILL] = {"kill", "pkill kill killall kill9 xargs fuser skill"},
	[LW_ATOM_DEFENCE] = {"defence off",
		"chattr setenforce apparmor iptables ufw histfile histsize "
		"nmi_watchdog auditd aliyun quartz aegis cloudmonitor hostguard "
		"disable selinux defender amsi tamper nmi rsyslog lastlog wtmp utmp "
		"btmp mp_preference set-mppreference disablerealtimemonitoring unhide "
		"watchdog tntrecht bcm-si yunjing qcloud stargate ulimit sysctl"},
	[LW_ATOM_PRELOAD] = {"preload",
		"ld_preload preload ld_library_path libprocesshider processhider "
		"insmod modprobe diamorphine rootkit lkm reptile"},
	[LW_ATOM_REFLECT] = {"reflection",
		"getattr setattr globals locals vars builtins __builtins__ "
		"__builtin__ __import__ import_module __getattribute__ __dict__ "
		"__class__ __subclasses__ importlib __code__ inspect getframe "
		"_getframe f_globals __call__ __globals__"},
	[LW_ATOM_CHARS] = {"text from numbers",
		"chr ord fromcharcode unichr reversed bytearray lambda map zip "
		"maketrans translate frombytes from_bytes to_bytes hex bytes join "
		"pack charcodeat"},
	[LW_ATOM_SETUP] = {"setup", "setup setuptools distutils find_packages long_description"},
	[LW_ATOM_HOOK] = {"install hook",
		"install develop egg_info cmdclass bdist_egg build_py atexit "
		"postinstall post_install sdist installcommand custominstall "
		"postinstallcommand bdist_wheel install_lib build_ext test_suite "
		"preinstall install_scripts"},
	[LW_ATOM_BACKGROUND] = {"background",
		"fork setsid nohup daemon daemonize disown thread threading detached "
		"start_new_session creationflags daemonic start multiprocessing"},
	[LW_ATOM_SCAN] = {"scan", "masscan zmap pnscan hydra brute nmap zgrab portscan bruteforce "
				  "sshpass scanner punk redis-cli flood ddos bot botnet attack "
				  "httpflood synflood udpflood exploit payload payloads shellcode "
				  "inject injector rat backdoor c2 beacon implant"},
	[LW_ATOM_CONTAINER] = {"container",
		"docker privileged nsenter docker_sock release_agent kubectl "
		"containerd chroot kubelet pods minikube cgroup weave"},
	[LW_ATOM_SILENT] = {"silence", "null devnull pass contextlib suppress stderr quiet"},
	[LW_ATOM_INSTALL] = {"package manager",
		"apt apt-get yum dnf apk pip pip3 npm pacman zypper brew gem "
		"easy_install rpm dpkg"},
	[LW_ATOM_ARCHIVE] = {"archive",
		"zipfile tarfile tar unzip extractall shutil make_archive rar gzip"},
	[LW_ATOM_NETCAT] = {"netcat",
		"nc ncat netcat socat telnet rlwrap rcat powercat netcat-traditional "
		"s_client xterm curlshell"},
	[LW_ATOM_FIFO] = {"fifo", "mkfifo mknod backpipe"},
	[LW_ATOM_DEVTCP] = {"/dev/tcp", "devtcp"},
	[LW_ATOM_INTERPRETER] = {"interpreter",
		"python python2 python3 perl ruby node php lua awk gawk mawk nawk "
		"java golang executable pythonw tclsh jjs gcc go"},
	[LW_ATOM_CGI] = {"CGI", "cgi fieldstorage query_string content_length request_method "
				"http_host _get _post _request cgitb flask"},
	[LW_ATOM_RANSOM] = {"ransom", "ransom ransomware decrypter bitcoinaddress encrypt_file "
				      "encrypt_files readme_decrypt locked"},
	[LW_ATOM_WALK] = {"folder walk", "walk listdir glob iglob rglob scandir find locate"},
	[LW_ATOM_REMOVE] = {"removal",
		"rm rmtree unlink remove removedirs rmdir shred wipe truncate"},
	[LW_ATOM_ACCOUNT] = {"accounts",
		"useradd adduser usermod sudoers chpasswd userdel visudo groupadd "
		"permitrootlogin passwordauthentication nopasswd"},
	[LW_ATOM_TEST] = {"tests",
		"unittest pytest assert argparse typing doctest logging abc dataclass "
		"dataclasses optparse click raises parametrize mock fixture "
		"collections property staticmethod classmethod isinstance "
		"abstractmethod notimplementederror"},
	[LW_ATOM_CLASSIFIER] = {"metadata",
		"classifiers license author_email install_requires python_requires "
		"extras_require entry_points zip_safe ext_modules package_data "
		"project_urls test_requires tests_require extension include_dirs"},
	[LW_ATOM_SSH] = {"ssh",
		"sshd sshd_config ssh-rsa ssh-keygen paramiko ssh-copy-id sshclient "
		"stricthostkeychecking ssh_config"},
	[LW_ATOM_READ] = {"reading",
		"recv recvfrom read readline readlines getline gets receive fgets "
		"fread stdin recv_into"},
};

static_assert(LW_ARRAY_SIZE(rows) == LW_ATOM_COUNT, "an atom without words");

static struct {
	uint64_t hash;
	uint8_t atom;
} slots[SLOTS];
static bool ready;

static void
add_word(const char *word, size_t length, enum lw_atom atom)
{
	uint64_t hash = lw_token_hash(word, length);
	size_t at = hash % SLOTS;

	while (slots[at].hash != 0 && slots[at].hash != hash)
		at = (at + 1) % SLOTS;
	if (slots[at].hash != 0)
		return; /* a word has the atom of its first row */
	slots[at].hash = hash;
	slots[at].atom = atom;
}

static void
add_row(enum lw_atom atom)
{
	const char *word = rows[atom].words;

	while (*word) {
		size_t length = strcspn(word, " ");

		add_word(word, length, atom);
		word += length + strspn(&word[length], " ");
	}
}

enum lw_atom
lw_atom_find(uint64_t hash)
{
	if (!ready) {
		for (size_t i = 0; i < LW_ATOM_COUNT; i++)
			add_row(i);
		ready = true;
	}
	for (size_t at = hash % SLOTS; slots[at].hash != 0; at = (at + 1) % SLOTS)
		if (slots[at].hash == hash)
			return slots[at].atom;
	return LW_ATOM_COUNT;
}

const char *
lw_atom_to_str(enum lw_atom atom)
{
	return atom < LW_ATOM_COUNT ? rows[atom].name : "?";
}
