namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>Runs <see cref="AzureBlobStorageTests"/> with the SDK's client for all requests.</summary>
public sealed class AzureBlobSdkStorageTests : AzureBlobStorageTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="AzureBlobOddKeyTests"/> with the SDK's client for all requests.</summary>
public sealed class AzureBlobSdkOddKeyTests : AzureBlobOddKeyTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="AzureBlobStorageFaultTests"/> with the SDK's client for all requests.</summary>
public sealed class AzureBlobSdkStorageFaultTests : AzureBlobStorageFaultTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>Runs <see cref="AzureBlobWireTests"/> with the SDK's client for all requests.</summary>
public sealed class AzureBlobSdkWireTests : AzureBlobWireTests
{
    protected override bool ReadsWithSdk => true;
}
