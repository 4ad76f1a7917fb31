metadata description = 'PostgreSQL for the records. It accepts identities only, through a private endpoint and from one address.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the server.')
@minLength(3)
@maxLength(63)
param name string

@description('Name of the SKU.')
param skuName string

@description('Tier that the SKU belongs to.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param skuTier string

@description('The administrator, which is not the app.')
param administrator { id: string, type: string, name: string }

@description('Public IPv4 address that may connect; empty for none.')
param allowedAddress string

@description('Log Analytics workspace for the logs.')
param workspaceId string

// infra/setup creates the database, so that the administrator owns it.
var databaseName = 'egress'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    tier: skuTier
  }
  properties: {
    version: '17'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    network: {
      publicNetworkAccess: empty(allowedAddress) ? 'Disabled' : 'Enabled'
    }
    storage: {
      storageSizeGB: 32
    }
    backup: {
      backupRetentionDays: 7
    }
  }
}

resource administrators 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: administrator.id
  properties: {
    principalName: administrator.name
    principalType: administrator.type
    tenantId: tenant().tenantId
  }
}

resource fromAllowedAddress 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (!empty(allowedAddress)) {
  parent: server
  name: 'allowed-address'
  properties: {
    startIpAddress: allowedAddress
    endIpAddress: allowedAddress
  }
  // The server refuses a change while another one is in progress, so they are made one after the other.
  dependsOn: [
    administrators
  ]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'PostgreSQLLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the server.')
output id string = server.id

@description('Name of the server.')
output name string = server.name

@description('What follows the user in a connection URL.')
output address string = '${server.properties.fullyQualifiedDomainName}:5432/${databaseName}?sslmode=verify-full'
