using System.Text.RegularExpressions;

namespace Egress.Benchmarks.Profile;

/// <summary>The categories of a server's processor time, by the stack of a sample.</summary>
internal static partial class CostCategory
{
    private const string Kernel = "kernel: other";

    /// <summary>System calls by their purpose. The first one that is found on the stack decides.</summary>
    private static readonly (string Name, string[] Calls)[] KernelCategories =
    [
        ("kernel: memory", ["page_fault", "madvise", "mmap", "munmap", "mprotect", "brk"]),
        ("kernel: sending", ["sendto", "sendmsg"]),
        ("kernel: receiving", ["recvfrom", "recvmsg"]),
        ("kernel: connections", ["accept4", "shutdown", "connect", "socket", "setsockopt"]),
        ("kernel: files", ["openat2", "openat", "newfstatat", "statx", "newfstat", "read", "pread64", "preadv", "close", "getdents64", "fcntl", "write", "fadvise64"]),
        ("kernel: waiting and waking threads", ["futex", "epoll_wait", "epoll_ctl", "sched_yield", "poll", "clock_nanosleep"]),
    ];

    /// <summary>Categories of managed code, by assembly.</summary>
    private static readonly (string Name, string[] Assemblies)[] ManagedCategories =
    [
        ("CRC-32", ["System.IO.Hashing"]),
        ("HTTP client", ["System.Net", "System.Private.Uri"]),
        ("Kestrel, logging, injection", ["Microsoft.AspNetCore", "Microsoft.Extensions"]),
        ("SQLite", ["Microsoft.Data.Sqlite", "SQLitePCLRaw"]),
        ("retries and time limits (Polly)", ["Polly"]),
        ("cryptography", ["System.Security"]),
        ("Egress", ["Egress"]),
    ];

    private static readonly (string Name, string[] Modules)[] NativeCategories =
    [
        ("collections, threads, casts (runtime)", ["libcoreclr", "libclrgc"]),
        ("compiling", ["libclrjit"]),
        ("SQLite", ["libe_sqlite3"]),
        ("cryptography", ["libcrypto", "libssl"]),
    ];

    private const string Copying = "copying memory";
    private const string Rest = "rest of .NET and of the C library";

    /// <summary>All categories, in the order of the tables.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. KernelCategories.Select(static it => it.Name), Kernel, .. ManagedCategories.Select(static it => it.Name), NativeCategories[0].Name, NativeCategories[1].Name, Copying, Rest];

    /// <summary>Returns the category of a stack.</summary>
    public static string Of(Frame[] stack)
    {
        var (name, module) = stack[0];
        if (module.StartsWith("[kernel", StringComparison.Ordinal))
        {
            return KernelCategories.FirstOrDefault(it => stack.Any(frame => IsCall(frame.Name, it.Calls)), (Kernel, [])).Item1;
        }

        if (AssemblyName().Match(name) is { Success: true } assembly)
        {
            return name.Contains("Memmove", StringComparison.Ordinal)
                ? Copying
                : ManagedCategories.FirstOrDefault(it => it.Assemblies.Any(start => assembly.Groups[1].Value.StartsWith(start, StringComparison.Ordinal)), (Rest, [])).Item1;
        }

        return name.StartsWith("__mem", StringComparison.Ordinal)
            ? Copying
            : NativeCategories.FirstOrDefault(it => it.Modules.Any(part => module.Contains(part, StringComparison.Ordinal)), (Rest, [])).Item1;
    }

    private static bool IsCall(string function, string[] calls) => calls.Any(call => function == $"__x64_sys_{call}" || function == $"__arm64_sys_{call}" || function.EndsWith($"exc_{call}", StringComparison.Ordinal));

    [GeneratedRegex(@"\[([\w.]+)\] [\w.`<>+|$-]+(?:\[[^\]]*\])?::")]
    private static partial Regex AssemblyName();
}
