namespace Egress.Integration.Tests.Storage.S3;

/// <summary>Runs <see cref="S3StorageTests"/> with the SDK for all requests.</summary>
public sealed class S3SdkStorageTests : S3StorageTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="S3OddKeyTests"/> with the SDK for all requests.</summary>
public sealed class S3SdkOddKeyTests : S3OddKeyTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="S3StorageFaultTests"/> with the SDK for all requests.</summary>
public sealed class S3SdkStorageFaultTests : S3StorageFaultTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="S3WireTests"/> with the SDK for all requests.</summary>
public sealed class S3SdkWireTests : S3WireTests
{
    protected override bool ReadsWithSdk => true;
}
