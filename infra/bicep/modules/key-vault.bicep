metadata description = 'Key Vault for the secrets of the app. A secret without a value here keeps its present value.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Principal id of the app, which may read secrets.')
param principalId string

@description('The principal that deploys, which may read and write secrets; empty to grant no access.')
param deployer { id: string?, type: string? }

@description('Log Analytics workspace for the audit log.')
param workspaceId string

@description('Whether a deleted vault is kept for 90 days and cannot be purged.')
param purgeProtection bool

@description('Whether a deleted vault of this name is recovered.')
param recover bool

@description('Whether it is reachable through private endpoints only, and which public address may reach it all the same.')
param reachable { private: bool, address: string }

@description('Connection URL of the records.')
@secure()
param dbUrl string

@description('Key that links are signed with.')
@secure()
param signingSecret string

@description('Key that callbacks are signed with.')
@secure()
param callbackSigningSecret string

@description('Access key of S3.')
@secure()
param s3AccessKeyId string

@description('Secret of the access key of S3.')
@secure()
param s3SecretAccessKey string

// The built-in role "Key Vault Secrets User".
var secretsUser = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '4633458b-17de-408a-b874-0445c86b69e6'
)

// The built-in role "Key Vault Secrets Officer".
var secretsOfficer = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
)

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    createMode: recover ? 'recover' : 'default'
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // Azure accepts only true or null. Purge protection cannot be switched off again.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: reachable.private && empty(reachable.address) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: reachable.private ? 'Deny' : 'Allow'
      ipRules: reachable.private && !empty(reachable.address) ? [{ value: reachable.address }] : []
    }
  }
}

resource dbUrlSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(dbUrl)) {
  parent: vault
  name: 'db-url'
  properties: {
    value: dbUrl
  }
}

resource signingSecretSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(signingSecret)) {
  parent: vault
  name: 'signing-secret'
  properties: {
    value: signingSecret
  }
}

resource callbackSigningSecretSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(callbackSigningSecret)) {
  parent: vault
  name: 'callback-signing-secret'
  properties: {
    value: callbackSigningSecret
  }
}

resource s3AccessKeyIdSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(s3AccessKeyId)) {
  parent: vault
  name: 's3-access-key-id'
  properties: {
    value: s3AccessKeyId
  }
}

resource s3SecretAccessKeySecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(s3SecretAccessKey)) {
  parent: vault
  name: 's3-secret-access-key'
  properties: {
    value: s3SecretAccessKey
  }
}

resource readsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, secretsUser)
  properties: {
    roleDefinitionId: secretsUser
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource deployerManagesSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (contains(deployer, 'id')) {
  scope: vault
  name: guid(vault.id, deployer.?id ?? '', secretsOfficer)
  properties: {
    roleDefinitionId: secretsOfficer
    principalId: deployer.?id ?? ''
    principalType: deployer.?type
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the vault.')
output id string = vault.id

@description('Name of the vault.')
output name string = vault.name

@description('URL of the vault, with a slash at its end.')
output url string = vault.properties.vaultUri
